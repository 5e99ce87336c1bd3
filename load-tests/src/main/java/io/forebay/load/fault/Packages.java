package io.forebay.load.fault;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The package files of the origin and their indexes. A file's bytes follow from its name, so that anybody can tell right from
 * wrong: the beginning of a gzip file, then noise. Its version says how large it is: {@code name_KIB.SERIAL.tar.gz}. Pure.
 */
public final class Packages {
    private static final Pattern FILE =
            Pattern.compile("([A-Za-z][A-Za-z0-9.-]*)[_-](\\d{1,6})\\.(\\d{1,9})\\.tar\\.gz");
    private static final byte[] GZIP = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};

    /** Sizes in KiB that indexes list: one that is kept in memory, one that becomes a file. */
    private static final int[] LISTED_KIB = {20, 300};

    private static final int LISTED_SERIALS = 2;

    private Packages() {}

    /**
     * A package file that a path names.
     *
     * @param name of the package, as in R: dots, not hyphens
     */
    record Named(String name, int kib, long serial) {
        /** Reads the last segment of a path; empty when it is no such file. */
        static Optional<Named> of(String path) {
            Matcher file = FILE.matcher(path.substring(path.lastIndexOf('/') + 1));
            return file.matches()
                    ? Optional.of(new Named(
                            file.group(1).replace('-', '.'),
                            Integer.parseInt(file.group(2)),
                            Long.parseLong(file.group(3))))
                    : Optional.empty();
        }

        byte[] bytes() {
            return Packages.bytes(name, kib, serial);
        }
    }

    /** The right bytes of a package file. */
    public static byte[] bytes(String name, int kib, long serial) {
        byte[] bytes = new byte[kib * 1024];
        new Random(31L * name.hashCode() + serial).nextBytes(bytes);
        System.arraycopy(GZIP, 0, bytes, 0, Math.min(GZIP.length, bytes.length));
        return bytes;
    }

    /** PACKAGES with the MD5 sum of each listed file. */
    static byte[] packages(Iterable<String> names) {
        StringBuilder index = new StringBuilder();
        for (String name : names) {
            for (int kib : LISTED_KIB) {
                for (int serial = 0; serial < LISTED_SERIALS; serial++) {
                    String version = kib + "." + serial;
                    index.append("Package: ").append(name).append("\nVersion: ").append(version);
                    index.append("\nMD5sum: ").append(hex("MD5", bytes(name, kib, serial)));
                    index.append("\nNeedsCompilation: no\n\n");
                }
            }
        }
        return index.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The simple page of a project (PEP 503), with the SHA-256 of each file. */
    static byte[] page(String name) {
        StringBuilder page = new StringBuilder("<!DOCTYPE html><html><head>"
                + "<meta name=\"pypi:repository-version\" content=\"1.0\"></head><body>\n");
        for (int kib : LISTED_KIB) {
            for (int serial = 0; serial < LISTED_SERIALS; serial++) {
                String file = name + "-" + kib + "." + serial + ".tar.gz";
                page.append("<a href=\"../../files/").append(file).append("#sha256=");
                page.append(hex("SHA-256", bytes(name.replace('-', '.'), kib, serial)));
                page.append("\">").append(file).append("</a>\n");
            }
        }
        return page.append("</body></html>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    static byte[] gunzip(byte[] bytes) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        }
    }

    /** An index that promises other bytes than the files have. */
    static byte[] otherSums(byte[] packages) {
        String index = new String(packages, StandardCharsets.UTF_8);
        return index.replaceAll("MD5sum: .{4}", "MD5sum: 0000").getBytes(StandardCharsets.UTF_8);
    }

    static String hex(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.forebay.model;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** A network: an address and how many of its leading bits count (RFC 4632, RFC 4291 section 2.3). */
record AddressRange(InetAddress address, int bits) {
    private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile("(?:" + OCTET + "\\.){3}" + OCTET);
    private static final Pattern IPV6 = Pattern.compile("(?=[^:]*:)[0-9A-Fa-f:][0-9A-Fa-f:.]{1,44}");

    /**
     * Reads {@code 10.0.0.0/8}, {@code ::1} and the like.
     *
     * @throws IllegalArgumentException saying what is wrong with the text
     */
    static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = literal(slash < 0 ? text : text.substring(0, slash))
                .orElseThrow(() -> new IllegalArgumentException(
                        "\"" + text + "\" is not an address or network such as 10.0.0.0/8 or ::1"));
        int most = address.getAddress().length * 8;
        String bits = slash < 0 ? Integer.toString(most) : text.substring(slash + 1);
        if (!bits.matches("\\d{1,3}") || Integer.parseInt(bits) > most) {
            throw new IllegalArgumentException("\"" + text + "\" must have 0 to " + most + " behind its slash");
        }
        AddressRange range = new AddressRange(address, Integer.parseInt(bits));
        if (!range.hasNoHostBits()) {
            throw new IllegalArgumentException("\"" + text + "\" names an address in a network: clear the bits behind /"
                    + bits + ", or leave /" + bits + " out");
        }
        return range;
    }

    /** An address that is written as one; names are never looked up. */
    static Optional<InetAddress> literal(String text) {
        if (!isNumeric(text)) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** Whether the JDK reads a text as an address or refuses it: all else, 256.0.0.1 too, it asks the name server for. */
    static boolean isNumeric(String text) {
        return IPV4.matcher(text).matches() || IPV6.matcher(text).matches();
    }

    boolean contains(InetAddress other) {
        byte[] mine = address.getAddress();
        byte[] theirs = other.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            if (bit(mine, bit) != bit(theirs, bit)) {
                return false;
            }
        }
        return true;
    }

    private boolean hasNoHostBits() {
        byte[] bytes = address.getAddress();
        for (int bit = bits; bit < bytes.length * 8; bit++) {
            if (bit(bytes, bit) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int bit(byte[] bytes, int index) {
        return bytes[index / 8] >> (7 - index % 8) & 1;
    }
}

package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Rendition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Core metadata out of wheels, whole and broken. */
@DisplayName("failures 11: metadata is cut out of the wheel")
class WheelMetadataTest {
    private static final String TEXT = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\nä readme\n".repeat(20);
    private static final String MEMBER = "demo-1.0.dist-info/METADATA";

    @TempDir
    Path directory;

    private Optional<String> extract(byte[] wheel) throws IOException {
        Path file = Files.write(directory.resolve("wheel"), wheel);
        try (FileChannel channel = FileChannel.open(file)) {
            return new WheelMetadata("demo")
                    .extract(channel)
                    .map(Rendition::body)
                    .map(b -> new String(b, StandardCharsets.UTF_8));
        }
    }

    private static byte[] wheel(int method, String... members) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : members) {
                byte[] content = (name.endsWith("METADATA") ? TEXT : "x").getBytes(StandardCharsets.UTF_8);
                ZipEntry entry = new ZipEntry(name);
                entry.setMethod(method);
                if (method == ZipEntry.STORED) {
                    CRC32 crc = new CRC32();
                    crc.update(content);
                    entry.setCrc(crc.getValue());
                    entry.setSize(content.length);
                }
                entry.setExtra(new byte[] {1, 2, 3, 0, 9, 9, 9});
                entry.setComment("comment");
                zip.putNextEntry(entry);
                zip.write(content);
                zip.closeEntry();
            }
            zip.setComment("PK\5\6 the end");
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {ZipEntry.STORED, ZipEntry.DEFLATED})
    void extract_wheel_isItsMetadata(int method) throws IOException {
        assertThat(extract(wheel(method, "demo/__init__.py", MEMBER, "demo-1.0.dist-info/RECORD")))
                .hasValue(TEXT);
    }

    @Test
    void extract_directoryLongerThanTheWindow_isReadThrough() throws IOException {
        String[] members = new String[5_000];
        for (int i = 0; i < members.length; i++) {
            members[i] = "demo/a_long_name_of_a_module_that_fills_the_directory_" + i + ".py";
        }
        members[4_321] = MEMBER;
        assertThat(extract(wheel(ZipEntry.DEFLATED, members))).hasValue(TEXT);
    }

    @Test
    void extract_otherSpellingOfTheProject_isFound() throws IOException {
        assertThat(extract(wheel(ZipEntry.DEFLATED, "Demo-1.0.dist-info/METADATA")))
                .hasValue(TEXT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x/demo-1.0.dist-info/METADATA",
                "demo-1.0.dist-info/metadata",
                "other-1.0.dist-info/METADATA",
                "METADATA",
                "demo.dist-info/METADATA",
                "demo-1.0.dist-info/sub/METADATA"
            })
    void extract_noMetadataOfTheProject_isEmpty(String member) throws IOException {
        assertThat(extract(wheel(ZipEntry.DEFLATED, member))).isEmpty();
    }

    @Test
    void extract_hyphensInTheDirectory_areNoObstacle() throws IOException {
        Path file = Files.write(directory.resolve("old"), wheel(ZipEntry.DEFLATED, "my-Demo-1.0-2.dist-info/METADATA"));
        try (FileChannel channel = FileChannel.open(file)) {
            assertThat(new WheelMetadata("my-demo").extract(channel)).isPresent();
        }
    }

    @Test
    void extract_twoOfThem_isRefused() throws IOException {
        byte[] wheel = wheel(ZipEntry.DEFLATED, MEMBER, "demo-1.1.dist-info/METADATA");
        assertThatThrownBy(() -> extract(wheel)).isInstanceOf(IOException.class).hasMessageContaining("more than one");
    }

    @Test
    void extract_notAZip_isRefused() {
        for (byte[] bytes :
                new byte[][] {{}, {1}, new byte[22], new byte[100_000], "PK\5\6".getBytes(StandardCharsets.UTF_8)}) {
            assertThatThrownBy(() -> extract(bytes)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void extract_cutAnywhere_isRefused() throws IOException {
        byte[] wheel = wheel(ZipEntry.DEFLATED, MEMBER);
        for (int length = 0; length < wheel.length; length++) {
            byte[] cut = Arrays.copyOf(wheel, length);
            assertThatThrownBy(() -> extract(cut)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void extract_anyByteChanged_isTheMetadataOrRefusedOrEmpty() throws IOException {
        byte[] wheel = wheel(ZipEntry.DEFLATED, "a", MEMBER);
        Random random = new Random(658);
        int refused = 0;
        for (int i = 0; i < wheel.length; i++) {
            byte[] other = wheel.clone();
            other[i] ^= (byte) (1 << random.nextInt(8));
            try {
                extract(other).ifPresent(text -> assertThat(text).isEqualTo(TEXT));
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    @DisplayName("reliability 36: a bomb is not unpacked, whatever sizes it claims")
    void extract_bomb_isRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(MEMBER));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 64; i++) {
                zip.write(zeros);
            }
            zip.closeEntry();
        }
        byte[] honest = bytes.toByteArray();
        assertThatThrownBy(() -> extract(honest))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("larger than");
        byte[] lying = honest.clone();
        ByteBuffer view = ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN);
        int directory = view.getInt(lying.length - 6);
        view.putInt(directory + 24, 1000);
        assertThatThrownBy(() -> extract(lying)).isInstanceOf(IOException.class);
    }

    @Test
    void extract_encrypted_isRefused() throws IOException {
        byte[] wheel = wheel(ZipEntry.DEFLATED, MEMBER);
        ByteBuffer view = ByteBuffer.wrap(wheel).order(ByteOrder.LITTLE_ENDIAN);
        int end = wheel.length - 22 - "PK\5\6 the end".length();
        int directory = view.getInt(end + 16);
        view.putShort(directory + 8, (short) (view.getShort(directory + 8) | 1));
        assertThatThrownBy(() -> extract(wheel)).isInstanceOf(IOException.class).hasMessageContaining("encrypted");
    }

    @Test
    void extract_zip64_isRead() throws IOException {
        byte[] plain = wheel(ZipEntry.DEFLATED, MEMBER);
        int end = plain.length - 22 - "PK\5\6 the end".length();
        ByteBuffer view = ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
        long members = view.getShort(end + 10);
        long bytes = view.getInt(end + 12);
        long start = view.getInt(end + 16);
        ByteBuffer wide = ByteBuffer.allocate(plain.length + 76).order(ByteOrder.LITTLE_ENDIAN);
        wide.put(plain, 0, end);
        wide.putInt(0x06064b50)
                .putLong(44)
                .putShort((short) 45)
                .putShort((short) 45)
                .putInt(0)
                .putInt(0);
        wide.putLong(members).putLong(members).putLong(bytes).putLong(start);
        wide.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
        wide.putInt(0x06054b50)
                .putInt(0)
                .putShort((short) -1)
                .putShort((short) -1)
                .putInt(-1)
                .putInt(-1)
                .putShort((short) 0);
        assertThat(extract(Arrays.copyOf(wide.array(), wide.position()))).hasValue(TEXT);
    }

    /** The entry of the directory names sizes and place in its Zip64 field, behind another field. */
    private static byte[] wideEntry(int fieldBytes) throws IOException {
        byte[] plain = wheel(ZipEntry.STORED, MEMBER);
        int end = plain.length - 22 - "PK\5\6 the end".length();
        ByteBuffer view = ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
        int start = view.getInt(end + 16);
        int extra = start + 46 + view.getShort(start + 28);
        int extraBytes = view.getShort(start + 30);
        ByteBuffer wide = ByteBuffer.allocate(plain.length + 4 + fieldBytes).order(ByteOrder.LITTLE_ENDIAN);
        wide.put(plain, 0, extra + extraBytes);
        ByteBuffer values = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        values.putLong(view.getInt(start + 24)).putLong(view.getInt(start + 20)).putLong(view.getInt(start + 42));
        wide.putShort((short) 1).putShort((short) fieldBytes).put(values.array(), 0, fieldBytes);
        wide.put(plain, extra + extraBytes, plain.length - extra - extraBytes);
        wide.putInt(start + 20, -1).putInt(start + 24, -1).putInt(start + 42, -1);
        wide.putShort(start + 30, (short) (extraBytes + 4 + fieldBytes));
        int newEnd = end + 4 + fieldBytes;
        wide.putInt(newEnd + 12, view.getInt(end + 12) + 4 + fieldBytes);
        return wide.array();
    }

    @Test
    void extract_memberWithZip64Field_isRead() throws IOException {
        assertThat(extract(wideEntry(24))).hasValue(TEXT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 8, 16, 23})
    void extract_zip64FieldThatIsCut_isRefused(int fieldBytes) throws IOException {
        byte[] cut = wideEntry(fieldBytes);
        assertThatThrownBy(() -> extract(cut)).isInstanceOf(IOException.class).hasMessageContaining("Zip64");
    }

    @Test
    void extract_longerThanTheDirectorySays_isRefused() throws IOException {
        byte[] wheel = wheel(ZipEntry.DEFLATED, MEMBER);
        int end = wheel.length - 22 - "PK\5\6 the end".length();
        ByteBuffer view = ByteBuffer.wrap(wheel).order(ByteOrder.LITTLE_ENDIAN);
        int entry = view.getInt(end + 16) + 24;
        view.putInt(entry, view.getInt(entry) - 1);
        assertThatThrownBy(() -> extract(wheel)).isInstanceOf(IOException.class).hasMessageContaining("longer");
    }
}

package io.forebay.load.origin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileBodyTest {
    private static byte[] bytes(Body body, int turn) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int position = 0; position < body.length(); position += turn) {
            int length = Math.min(turn, body.length() - position);
            byte[] piece = new byte[length];
            body.slice(position, length).readBytes(piece);
            bytes.writeBytes(piece);
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 129, 8_191, 8_192, 8_256, 8_257, 100_000, 1_048_573, 3_000_000})
    void digests_anyLength_areThoseOfTheBytesSent(int length) {
        FileBody body = new FileBody("Badaba_1.0.0.tar.gz", length);
        byte[] sent = bytes(body, Pace.TURN);
        assertThat(sent).hasSize(length);
        assertThat(body.digests()).isEqualTo(Hashes.of(sent));
    }

    @Test
    void slice_anyTurn_givesTheSameBytes() {
        FileBody body = new FileBody("badaba-1.0-py3-none-any.whl", 200_001);
        assertThat(bytes(body, 7)).isEqualTo(bytes(body, 200_001)).startsWith('P', 'K', 3, 4);
    }

    @Test
    void digests_anotherName_differ() {
        assertThat(new FileBody("a_1.0.tar.gz", 1000).digests())
                .isNotEqualTo(new FileBody("b_1.0.tar.gz", 1000).digests());
    }
}

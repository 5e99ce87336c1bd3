package io.forebay.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "9.10.99.100", "199.200.249.255", "::", "::1", "2001:db8::192.0.2.1"})
    void literal_address_isRead(String text) {
        assertThat(AddressRange.isNumeric(text)).isTrue();
        assertThat(AddressRange.literal(text)).isPresent();
    }

    /** What is not numeric the JDK would ask the name server for, on the thread of a request. */
    @ParameterizedTest
    @ValueSource(strings = {"", "256.0.0.1", "999.1.1.1", "1.2.3.04", "1.2.3", "localhost", ".:1", "a", "1.2.3.4.5"})
    void literal_whatTheJdkWouldLookUp_isNone(String text) {
        assertThat(AddressRange.isNumeric(text)).isFalse();
        assertThat(AddressRange.literal(text)).isEmpty();
    }
}

package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.r2dbc.spi.test.TestKit;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;

/** The SPI's suite is found by the test engine and passes, each of its tests. */
class SqliteTestKitRunTest {
    @Test
    void testKit_run_everyTestOfItSucceedsAndNoneIsSkipped() {
        long tests = Arrays.stream(TestKit.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .count();
        assertThat(tests).isGreaterThanOrEqualTo(34);
        EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(SqliteTestKit.class))
                .execute()
                .testEvents()
                .assertStatistics(statistics -> statistics
                        .started(tests)
                        .succeeded(tests)
                        .skipped(0)
                        .aborted(0)
                        .failed(0));
    }
}

package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WriteBudgetTest {
    private static final int LIMIT = 100;

    private final WriteBudget budget = new WriteBudget(LIMIT);
    private final AtomicInteger told = new AtomicInteger();

    @Test
    void tryAdd_upToTheLimit_isTakenAndWhatIsRefusedCountsNothing() {
        assertThat(budget.tryAdd(LIMIT - 10)).isTrue();
        for (int i = 0; i < 5; i++) {
            assertThat(budget.tryAdd(11)).isFalse();
        }
        assertThat(budget.tryAdd(10)).isTrue();
        assertThat(budget.isFull()).isTrue();
        budget.remove(1);
        assertThat(budget.isFull()).isFalse();
    }

    @Test
    void whenRoom_withRoom_runsAtOnce() {
        budget.add(LIMIT - 1);
        budget.whenRoom(told::incrementAndGet);
        assertThat(told).hasValue(1);
    }

    @Test
    void whenRoom_full_runsAllWhoWaitOnceThereIsRoom() {
        budget.add(LIMIT + 1);
        budget.whenRoom(told::incrementAndGet);
        budget.whenRoom(told::incrementAndGet);
        budget.remove(1);
        assertThat(told).as("the limit itself is full").hasValue(0);
        budget.remove(1);
        assertThat(told).hasValue(2);
        budget.remove(1);
        assertThat(told).hasValue(2);
    }
}

package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** One work at a time. */
class TurnsTest {
    private final Turns turns = new Turns("verify or gc");

    private void isTaken() {
        assertThatThrownBy(() -> turns.take(Flux.just(2)).blockLast())
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(ForebayException.Kind.OVERLOADED));
    }

    @Test
    void take_whileAnotherWorks_isRefused_andNotAfterItsEnd() {
        Sinks.Many<Integer> first = Sinks.many().unicast().onBackpressureBuffer();
        Disposable working = turns.take(first.asFlux()).subscribe();
        isTaken();
        first.tryEmitComplete();
        assertThat(working.isDisposed()).isTrue();
        assertThat(turns.take(Flux.just(1, 2)).collectList().block()).isEqualTo(List.of(1, 2));
    }

    @Test
    void take_failureOrDeparture_givesTheTurnBack() {
        turns.take(Flux.error(new IllegalStateException("broken")))
                .onErrorComplete()
                .blockLast();
        turns.take(Flux.never()).subscribe().dispose();
        assertThat(turns.take(Flux.just(1)).blockLast()).isEqualTo(1);
    }

    @Test
    void take_beforeTheWorkBegins_takesNoTurn() {
        Flux<Integer> later = turns.take(Flux.never());
        Flux<Integer> sooner = turns.take(Flux.just(1));
        assertThat(sooner.blockLast()).isEqualTo(1);
        Disposable working = later.subscribe();
        isTaken();
        assertThatThrownBy(sooner::blockLast).isInstanceOf(ForebayException.class);
        working.dispose();
    }
}

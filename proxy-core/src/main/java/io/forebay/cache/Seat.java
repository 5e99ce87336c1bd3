package io.forebay.cache;

import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/** A client's place on a flight, until its body is taken: then the body's close gives the place up. */
final class Seat {
    private final Flights.Ticket ticket;
    private final AtomicBoolean taken = new AtomicBoolean();

    Seat(Flights.Ticket ticket) {
        this.ticket = ticket;
    }

    Flight flight() {
        return ticket.flight();
    }

    boolean leads() {
        return ticket.leads();
    }

    Body take() {
        taken.set(true);
        return new FlightBody(ticket.flight(), ticket.flight().fill());
    }

    Mono<Void> leaveUnlessTaken() {
        return Mono.fromRunnable(() -> {
            if (taken.compareAndSet(false, true)) {
                ticket.flight().leave();
            }
        });
    }
}

package io.forebay.cache;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A client's place on a flight, until its body is taken: then the body's close gives the place up. */
final class Seat {
    private final Flights.Ticket ticket;
    private final Body body;
    private final AtomicBoolean given = new AtomicBoolean();

    Seat(Flights.Ticket ticket) {
        this.ticket = ticket;
        this.body = new FlightBody(ticket.flight(), ticket.flight().fill());
    }

    Flight flight() {
        return ticket.flight();
    }

    boolean leads() {
        return ticket.leads();
    }

    /** The body, whose close gives the place up; empty when the place was given up already. */
    Optional<Body> take() {
        return given.compareAndSet(false, true) ? Optional.of(body) : Optional.empty();
    }

    void leaveUnlessTaken() {
        if (given.compareAndSet(false, true)) {
            body.close();
        }
    }
}

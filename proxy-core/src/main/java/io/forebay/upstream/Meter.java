package io.forebay.upstream;

import java.util.concurrent.atomic.LongAdder;

/** Counts what goes between one source and us. Safe for use by many threads. */
final class Meter {
    private final LongAdder requests = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();
    private final LongAdder failures = new LongAdder();

    void asked() {
        requests.increment();
    }

    void received(long bytes) {
        receivedBytes.add(bytes);
    }

    void failed() {
        failures.increment();
    }

    Origins.Traffic traffic() {
        return new Origins.Traffic(requests.sum(), receivedBytes.sum(), failures.sum());
    }
}

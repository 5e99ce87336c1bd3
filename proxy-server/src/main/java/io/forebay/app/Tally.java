package io.forebay.app;

import io.forebay.model.Exchange;
import io.forebay.model.Exchanges;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Sums over all repositories since the start, for the status. Safe for use by many threads. */
final class Tally implements Exchanges {
    private final LongAdder requests = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    @Override
    public void ended(Exchange exchange) {
        if (exchange.repository().isEmpty()) {
            return;
        }
        requests.increment();
        bytes.add(exchange.bytes());
        switch (exchange.cacheStatus()) {
            case HIT, STALE, REVALIDATED -> hits.increment();
            case MISS, COLLAPSED, NONE -> {}
        }
    }

    Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("requests", requests.sum());
        figures.put("hits", hits.sum());
        figures.put("sent_bytes", bytes.sum());
        return figures;
    }
}

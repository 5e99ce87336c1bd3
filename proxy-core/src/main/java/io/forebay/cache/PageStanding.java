package io.forebay.cache;

import java.time.Duration;

/**
 * Stands while what the page was made of does and nothing was cut out of artifacts since: a page tells of what was cut out of its own.
 *
 * @param entries of the page's parts
 * @param cuts how many there had been before the page was made
 */
record PageStanding(Standing entries, Pages pages, long cuts) implements Standing {
    @Override
    public boolean holds() {
        return pages.cutsSoFar() == cuts && entries.holds();
    }

    @Override
    public Duration age() {
        return entries.age();
    }

    @Override
    public CacheStatus status() {
        return entries.status();
    }
}

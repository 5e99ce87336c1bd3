/**
 * Hit, miss, revalidate, coalesce, tee, evict. Knows no ecosystem and no HTTP server.
 */
@NullMarked
package io.forebay.cache;

import org.jspecify.annotations.NullMarked;

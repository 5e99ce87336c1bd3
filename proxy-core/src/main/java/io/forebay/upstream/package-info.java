/**
 * HTTP to origins: pools, limits, time-outs, redirects, circuit.
 */
@NullMarked
package io.forebay.upstream;

import org.jspecify.annotations.NullMarked;

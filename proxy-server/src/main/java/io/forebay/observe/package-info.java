/**
 * Events to metrics, access log and health.
 */
@NullMarked
package io.forebay.observe;

import org.jspecify.annotations.NullMarked;

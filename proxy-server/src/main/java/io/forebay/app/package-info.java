/**
 * Configuration in, running server out; the only room that knows all others.
 */
@NullMarked
package io.forebay.app;

import org.jspecify.annotations.NullMarked;

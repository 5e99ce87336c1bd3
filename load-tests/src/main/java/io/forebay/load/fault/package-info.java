/**
 * An origin that misbehaves on purpose, for tests and for people who want to see how a cache takes it.
 */
@NullMarked
package io.forebay.load.fault;

import org.jspecify.annotations.NullMarked;

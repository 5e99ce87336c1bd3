/**
 * The words of Forebay: immutable values that every other room may use. JDK only, no I/O, no clock.
 */
@NullMarked
package io.forebay.model;

import org.jspecify.annotations.NullMarked;

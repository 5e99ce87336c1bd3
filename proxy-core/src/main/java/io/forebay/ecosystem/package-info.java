/**
 * What a path means: from a target and the sources behind it to a plan. No I/O, no clock, no Netty.
 */
@NullMarked
package io.forebay.ecosystem;

import org.jspecify.annotations.NullMarked;

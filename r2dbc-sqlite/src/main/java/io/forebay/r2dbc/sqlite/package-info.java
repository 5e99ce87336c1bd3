/** An R2DBC SPI 1.0 driver over sqlite-jdbc. */
@NullMarked
package io.forebay.r2dbc.sqlite;

import org.jspecify.annotations.NullMarked;

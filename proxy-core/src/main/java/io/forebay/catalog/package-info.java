/**
 * What is known of stored resources: SQL over the R2DBC SPI.
 */
@NullMarked
package io.forebay.catalog;

import org.jspecify.annotations.NullMarked;

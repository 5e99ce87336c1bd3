/** Load simulations: what installers and people ask of a package cache, with every answer checked. */
@NullMarked
package io.forebay.load;

import org.jspecify.annotations.NullMarked;

/** How much of something happened lately, by whom: what tools ask for by name. */
@NullMarked
package io.carillon.broker.tally;

import org.jspecify.annotations.NullMarked;

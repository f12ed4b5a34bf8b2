/** Messages that are due later: which have left their hour, and the loop that lets them go in time. */
@NullMarked
package io.carillon.schedule;

import org.jspecify.annotations.NullMarked;

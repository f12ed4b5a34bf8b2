/** A made-up clock and disk for tests. */
@NullMarked
package io.carillon.testkit;

import org.jspecify.annotations.NullMarked;

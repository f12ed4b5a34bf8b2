/** What every wing needs and none owns: time, sizes, failures, counters, and the storage port. */
@NullMarked
package io.carillon.base;

import org.jspecify.annotations.NullMarked;

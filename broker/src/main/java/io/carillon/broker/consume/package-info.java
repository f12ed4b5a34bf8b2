/** Reading: pull, long polls, queue locks. */
@NullMarked
package io.carillon.broker.consume;

import org.jspecify.annotations.NullMarked;

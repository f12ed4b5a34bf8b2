/** The delay queue's engine over MySQL, which holds the truth, and Redis, which holds the order. */
@NullMarked
package io.carillon.delayqueue;

import org.jspecify.annotations.NullMarked;

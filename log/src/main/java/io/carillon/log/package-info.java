/** The one append-only log of a broker group, its segments, consume queues and key index, and how they recover. */
@NullMarked
package io.carillon.log;

import org.jspecify.annotations.NullMarked;

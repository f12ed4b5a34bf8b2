/**
 * The delay queue as a service, in the words that its engines and its fronts share: {@link
 * io.carillon.base.delayqueue.DelayEngine} is what an engine can do, the records are what it is told and tells. Times are
 * epoch ms by the engine's clock.
 */
@NullMarked
package io.carillon.base.delayqueue;

import org.jspecify.annotations.NullMarked;

/** Front: our API as gRPC and as JSON over HTTP, with metrics and health, over any {@link io.carillon.base.delayqueue.DelayEngine}. */
@NullMarked
package io.carillon.http;

import org.jspecify.annotations.NullMarked;

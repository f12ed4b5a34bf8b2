/** What every engine of the delay queue must do, as tests that speak to it over HTTP and over gRPC. */
@NullMarked
package io.carillon.contract;

import org.jspecify.annotations.NullMarked;

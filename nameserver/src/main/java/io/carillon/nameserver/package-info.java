/** Which broker group has which topic: routes and leases. */
@NullMarked
package io.carillon.nameserver;

import org.jspecify.annotations.NullMarked;

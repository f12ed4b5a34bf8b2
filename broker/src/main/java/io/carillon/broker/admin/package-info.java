/** What operators ask. */
@NullMarked
package io.carillon.broker.admin;

import org.jspecify.annotations.NullMarked;

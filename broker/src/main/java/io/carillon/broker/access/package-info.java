/** Who may do what: users, their secrets, and the policies that let them at topics and groups. */
@NullMarked
package io.carillon.broker.access;

import org.jspecify.annotations.NullMarked;

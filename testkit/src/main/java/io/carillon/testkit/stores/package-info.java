/** Real MariaDB and Redis processes for tests, whose binaries come out of Maven artifacts. */
@org.jspecify.annotations.NullMarked
package io.carillon.testkit.stores;

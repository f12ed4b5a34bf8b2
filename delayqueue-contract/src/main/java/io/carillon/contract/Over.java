package io.carillon.contract;

/** How a test speaks to the server. */
enum Over {
    HTTP,
    GRPC
}

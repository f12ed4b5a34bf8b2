package io.carillon.broker.client;

/** Whether the members of a group share its messages or each get all of them; the names are the protocol's. */
public enum MessageModel {
    CLUSTERING,
    BROADCASTING,
    LITE_SELECTIVE
}

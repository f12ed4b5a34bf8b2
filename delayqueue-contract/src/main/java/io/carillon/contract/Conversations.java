package io.carillon.contract;

/** How a part of the contract reaches the server over the engine that it is about. */
interface Conversations {
    /** One about a topic that nothing else is about. */
    Conversation over(Over how);

    /** A client for what is said in HTTP only; the caller closes it. */
    JsonClient http();
}

package io.carillon.bench;

/** The two sides of the comparison. */
enum ServerKind {
    APACHE("Apache"),
    CARILLON("Carillon");

    private final String title;

    ServerKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}

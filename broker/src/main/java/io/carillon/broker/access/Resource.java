package io.carillon.broker.access;

/**
 * What a policy is about: one thing, all whose names begin alike, all of a kind, or everything. Its text is {@code
 * Topic:orders}, {@code Topic:orders-*}, {@code Topic:*} or {@code *}.
 *
 * @param name the whole name, the beginning of names, or nothing, as the pattern says
 */
public record Resource(ResourceType type, Pattern pattern, String name) {
    static final int NAME_MAX = 255;

    /** How {@link #name} is meant; the more exact a pattern, the earlier it stands here. */
    public enum Pattern {
        LITERAL,
        PREFIXED,
        ANY
    }

    private static final Resource EVERYTHING = new Resource(ResourceType.ANY, Pattern.ANY, "");

    public Resource {
        if (name.length() > NAME_MAX) {
            throw new IllegalArgumentException("a resource's name has at most " + NAME_MAX + " characters");
        }
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    public static Resource parse(String text) {
        if (text.equals("*")) {
            return EVERYTHING;
        }
        int colon = text.indexOf(':');
        ResourceType type = ResourceType.of(colon < 0 ? text : text.substring(0, colon))
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "the resource '" + text
                                        + "' begins with none of Cluster:, Namespace:, Topic: and Group:, and is not * for everything"));
        String name = colon < 0 ? "" : text.substring(colon + 1);
        if (type == ResourceType.ANY) {
            return EVERYTHING;
        }
        return of(type, name, text);
    }

    private static Resource of(ResourceType type, String name, String text) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("the resource '" + text + "' has no name; write * for all of its kind");
        }
        if (name.equals("*")) {
            return new Resource(type, Pattern.ANY, "");
        }
        if (name.endsWith("*")) {
            return new Resource(type, Pattern.PREFIXED, name.substring(0, name.length() - 1));
        }
        return new Resource(type, Pattern.LITERAL, name);
    }

    boolean matches(ResourceType wanted, String wantedName) {
        if (type == ResourceType.ANY) {
            return true;
        }
        return type == wanted
                && switch (pattern) {
                    case LITERAL -> wantedName.equals(name);
                    case PREFIXED -> wantedName.startsWith(name);
                    case ANY -> true;
                };
    }

    /** Negative when this one says more exactly what is meant than the other, both matching the same thing. */
    int compareExactness(Resource other) {
        boolean isAny = type == ResourceType.ANY;
        boolean isOtherAny = other.type == ResourceType.ANY;
        if (isAny != isOtherAny) {
            return isAny ? 1 : -1;
        }
        int byPattern = pattern.compareTo(other.pattern);
        return byPattern != 0 ? byPattern : Integer.compare(other.name.length(), name.length());
    }

    @Override
    public String toString() {
        if (type == ResourceType.ANY) {
            return "*";
        }
        return type.text()
                + ':'
                + switch (pattern) {
                    case LITERAL -> name;
                    case PREFIXED -> name + '*';
                    case ANY -> "*";
                };
    }
}

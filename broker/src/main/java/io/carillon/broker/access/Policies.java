package io.carillon.broker.access;

import io.carillon.broker.access.PolicyEntry.Decision;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one user may do: entries of two kinds, at most one for each resource in each kind. */
public record Policies(List<PolicyEntry> custom, List<PolicyEntry> defaults) {
    /** So many entries one user may have, of both kinds together. */
    public static final int ENTRIES_MAX = 1_000;

    public static final Policies NONE = new Policies(List.of(), List.of());

    public Policies {
        custom = List.copyOf(custom);
        defaults = List.copyOf(defaults);
    }

    public List<PolicyEntry> of(PolicyKind kind) {
        return kind == PolicyKind.CUSTOM ? custom : defaults;
    }

    public boolean isEmpty() {
        return custom.isEmpty() && defaults.isEmpty();
    }

    public int size() {
        return custom.size() + defaults.size();
    }

    /** With these entries too; one for a resource that has an entry already takes its place. */
    public Policies with(PolicyKind kind, List<PolicyEntry> entries) {
        List<PolicyEntry> all = new ArrayList<>(of(kind));
        for (PolicyEntry entry : entries) {
            int at = indexOf(all, entry.resource());
            if (at < 0) {
                all.add(entry);
            } else {
                all.set(at, entry);
            }
        }
        return kind == PolicyKind.CUSTOM ? new Policies(all, defaults) : new Policies(custom, all);
    }

    private static int indexOf(List<PolicyEntry> entries, Resource resource) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).resource().equals(resource)) {
                return i;
            }
        }
        return -1;
    }

    /** Without the entry for this resource. */
    public Policies without(PolicyKind kind, Resource resource) {
        List<PolicyEntry> rest = of(kind).stream()
                .filter(entry -> !entry.resource().equals(resource))
                .toList();
        return kind == PolicyKind.CUSTOM ? new Policies(rest, defaults) : new Policies(custom, rest);
    }

    /**
     * The decision of the most exact entry that matches, of the custom ones if any does, else of the default ones; null
     * when none does. Of two that are equally exact, the one that denies counts.
     */
    @Nullable
    Decision decide(ResourceType type, String name, Set<Action> anyOf, InetAddress from) {
        Decision byCustom = decide(custom, type, name, anyOf, from);
        return byCustom != null ? byCustom : decide(defaults, type, name, anyOf, from);
    }

    private static @Nullable Decision decide(
            List<PolicyEntry> entries, ResourceType type, String name, Set<Action> anyOf, InetAddress from) {
        PolicyEntry best = null;
        for (PolicyEntry entry : entries) {
            if (entry.matches(type, name, anyOf, from) && (best == null || isStronger(entry, best))) {
                best = entry;
            }
        }
        return best == null ? null : best.decision();
    }

    private static boolean isStronger(PolicyEntry entry, PolicyEntry than) {
        int order = entry.resource().compareExactness(than.resource());
        return order < 0 || (order == 0 && entry.decision() == Decision.DENY);
    }
}

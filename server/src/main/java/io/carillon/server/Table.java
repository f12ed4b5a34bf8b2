package io.carillon.server;

import java.util.ArrayList;
import java.util.List;

/** Lines of text in columns that are as wide as their widest cell. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();

    /** @param cells without line breaks */
    Table row(String... cells) {
        rows.add(cells);
        return this;
    }

    /** The lines, each ending in a line break; nothing hangs over at their ends. */
    @Override
    public String toString() {
        int[] widths = widths();
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]).repeat(' ', widths[i] - row[i].length() + 2);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private int[] widths() {
        int[] widths = new int[rows.stream().mapToInt(row -> row.length).max().orElse(0)];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        return widths;
    }
}

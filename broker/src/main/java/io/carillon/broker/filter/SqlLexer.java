package io.carillon.broker.filter;

import io.carillon.broker.filter.SqlToken.Kind;

/** Cuts an expression into words; white space and comments ({@code -- to the line's end}, slash-star) divide them. */
final class SqlLexer {
    private final String text;
    private int at;

    SqlLexer(String text) {
        this.text = text;
    }

    /** The next word; the end again and again when there is none. */
    SqlToken next() {
        skipBlanks();
        if (at == text.length()) {
            return new SqlToken(Kind.END, at, "");
        }
        char c = text.charAt(at);
        if (isNameStart(c)) {
            int from = at;
            at = afterName(at);
            return SqlToken.word(from, text.substring(from, at));
        }
        if (isDigit(c) || (c == '.' && isDigitAt(at + 1))) {
            return number();
        }
        return c == '\'' ? string() : symbol(c);
    }

    private void skipBlanks() {
        while (at < text.length()) {
            if (" \t\n\r\f".indexOf(text.charAt(at)) >= 0) {
                at++;
            } else if (text.startsWith("--", at)) {
                skipLine();
            } else if (text.startsWith("/*", at)) {
                skipComment();
            } else {
                return;
            }
        }
    }

    private void skipLine() {
        while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
            at++;
        }
    }

    private void skipComment() {
        int end = text.indexOf("*/", at + 2);
        if (end < 0) {
            throw new SqlSyntaxError(at, "this comment has no end, '*/' is missing");
        }
        at = end + 2;
    }

    private int afterName(int from) {
        int end = from;
        while (end < text.length() && (isNameStart(text.charAt(end)) || isDigit(text.charAt(end)))) {
            end++;
        }
        return end;
    }

    private SqlToken number() {
        int from = at;
        at = afterDigits(at);
        boolean isReal = at < text.length() && text.charAt(at) == '.';
        if (isReal) {
            at = afterDigits(at + 1);
        }
        int afterExponent = afterExponent(at);
        isReal |= afterExponent > at;
        at = afterExponent;
        String digits = text.substring(from, at);
        if (isReal) {
            return new SqlToken(Kind.REAL_NUMBER, from, digits);
        }
        if (digits.length() > 1 && digits.startsWith("0")) {
            throw new SqlSyntaxError(from, "the number " + digits + " begins with 0; write it without");
        }
        if (at < text.length() && (text.charAt(at) == 'l' || text.charAt(at) == 'L')) {
            at++;
        }
        return new SqlToken(Kind.WHOLE_NUMBER, from, digits);
    }

    private int afterDigits(int from) {
        int end = from;
        while (isDigitAt(end)) {
            end++;
        }
        return end;
    }

    /** Where it ends, or {@code from} when none stands there. */
    private int afterExponent(int from) {
        if (from >= text.length() || (text.charAt(from) != 'e' && text.charAt(from) != 'E')) {
            return from;
        }
        boolean isSigned = from + 1 < text.length() && "+-".indexOf(text.charAt(from + 1)) >= 0;
        int digitsAt = from + (isSigned ? 2 : 1);
        return isDigitAt(digitsAt) ? afterDigits(digitsAt) : from;
    }

    private SqlToken string() {
        int from = at;
        StringBuilder value = new StringBuilder();
        while (true) {
            int quote = text.indexOf('\'', at + 1);
            if (quote < 0) {
                throw new SqlSyntaxError(from, "this string has no end, a ' is missing");
            }
            value.append(text, at + 1, quote);
            at = quote + 1;
            if (at == text.length() || text.charAt(at) != '\'') {
                return new SqlToken(Kind.STRING, from, value.toString());
            }
            value.append('\'');
        }
    }

    private SqlToken symbol(char c) {
        int from = at;
        boolean isDouble = text.startsWith("<>", at) || text.startsWith("<=", at) || text.startsWith(">=", at);
        if (!isDouble && "=<>(),+-".indexOf(c) < 0) {
            throw unexpected(c);
        }
        at += isDouble ? 2 : 1;
        return new SqlToken(Kind.SYMBOL, from, text.substring(from, at));
    }

    private SqlSyntaxError unexpected(char c) {
        String hint = switch (c) {
            case '"', '`' -> "; strings stand in ' ', names without quotes";
            case '!' -> "; unequal is written <>";
            case '*', '/', '%' -> "; there is no arithmetic";
            default -> "; a name has letters, digits, _ and $ only";
        };
        String shown = Character.isISOControl(c) || Character.isSurrogate(c)
                ? "the character U+%04X".formatted((int) c)
                : "'" + c + "'";
        return new SqlSyntaxError(at, shown + " has no meaning here" + hint);
    }

    private boolean isDigitAt(int index) {
        return index < text.length() && isDigit(text.charAt(index));
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    }
}

package io.carillon.broker.filter;

import io.carillon.broker.filter.Comparison.Order;
import io.carillon.broker.filter.Search.Where;
import io.carillon.broker.filter.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads an expression by recursive descent.
 *
 * <pre>
 * or         = and { OR and }
 * and        = equality { AND equality }
 * equality   = comparison { ( "=" | "<>" ) comparison | IS [NOT] NULL }
 * comparison = unary { ( ">" | ">=" | "<" | "<=" ) unary
 *                    | [NOT] ( CONTAINS | STARTSWITH | ENDSWITH ) string
 *                    | [NOT] BETWEEN unary AND unary
 *                    | [NOT] IN "(" string { "," string } ")" }
 * unary      = ( "+" | "-" | NOT ) unary | string | number | TRUE | FALSE | NULL | name | "(" or ")"
 * </pre>
 */
final class SqlParser {
    static final int LENGTH_MAX = 32 * 1024;
    static final int TERMS_MAX = 4096;
    static final int DEPTH_MAX = 100;
    /** So many comparisons may follow each other without a bracket, AND or OR; sensible ones have one. */
    static final int CHAIN_MAX = 8;

    static final int NAMES_MAX = 128;

    private final SqlLexer lexer;
    private final SqlTerms terms = new SqlTerms();
    private SqlToken token;
    private int depth;
    private int chain;

    private SqlParser(String text) {
        lexer = new SqlLexer(text);
        token = lexer.next();
    }

    static SqlFilter parse(String text) {
        if (text.length() > LENGTH_MAX) {
            throw new SqlSyntaxError(
                    LENGTH_MAX, "it has " + text.length() + " characters, more than the " + LENGTH_MAX + " allowed");
        }
        SqlParser parser = new SqlParser(text);
        if (parser.token.is(Kind.END)) {
            throw new SqlSyntaxError(0, "it is empty; a condition was expected, like a > 5 AND b = 'x'");
        }
        Condition condition = parser.terms.condition(parser.or(), 0);
        if (!parser.token.is(Kind.END)) {
            throw parser.expected("an operator, AND, OR or the end");
        }
        return parser.terms.filter(text, condition);
    }

    private Expression or() {
        return junction(Kind.OR, this::and, Condition.Or::new);
    }

    private Expression and() {
        return junction(Kind.AND, this::equality, Condition.And::new);
    }

    private Expression junction(Kind operator, Supplier<Expression> operand, Function<Condition[], Condition> join) {
        int at = token.at();
        Expression first = operand.get();
        if (!token.is(operator)) {
            return first;
        }
        List<Condition> parts = new ArrayList<>();
        parts.add(terms.condition(first, at));
        while (takeIf(operator)) {
            int nextAt = token.at();
            parts.add(terms.condition(operand.get(), nextAt));
        }
        return terms.count(at, join.apply(parts.toArray(Condition[]::new)));
    }

    private Expression equality() {
        int at = token.at();
        Expression left = comparison();
        int before = chain;
        chain = 0;
        while (true) {
            if (takeIf("=")) {
                left = terms.equal(at, left, comparison());
            } else if (takeIf("<>")) {
                left = new Condition.Not(terms.equal(at, left, comparison()));
            } else if (takeIf(Kind.IS)) {
                left = isNull(at, left);
            } else {
                chain = before;
                return left;
            }
            countChain(at);
        }
    }

    private Condition isNull(int at, Expression left) {
        boolean isNegated = takeIf(Kind.NOT);
        take(Kind.NULL, isNegated ? "NULL" : "NULL or NOT NULL");
        Condition isNull = terms.count(at, new Condition.IsNull(left));
        return isNegated ? new Condition.Not(isNull) : isNull;
    }

    private Expression comparison() {
        int at = token.at();
        Expression left = unary();
        int before = chain;
        chain = 0;
        for (Expression next = compared(at, left); next != null; next = compared(at, left)) {
            countChain(at);
            left = next;
        }
        chain = before;
        return left;
    }

    /** The comparison that stands here, of this left side; null when none does. */
    private @Nullable Expression compared(int at, Expression left) {
        if (token.is(Kind.SYMBOL)) {
            return switch (token.text()) {
                case ">" -> ordered(at, Order.GREATER, left);
                case ">=" -> ordered(at, Order.GREATER_OR_EQUAL, left);
                case "<" -> ordered(at, Order.LESS, left);
                case "<=" -> ordered(at, Order.LESS_OR_EQUAL, left);
                default -> null;
            };
        }
        boolean isNegated = takeIf(Kind.NOT);
        return switch (token.kind()) {
            case CONTAINS -> part(at, left, Where.ANYWHERE, isNegated);
            case STARTSWITH -> part(at, left, Where.AT_START, isNegated);
            case ENDSWITH -> part(at, left, Where.AT_END, isNegated);
            case BETWEEN -> between(at, left, isNegated);
            case IN -> in(at, left, isNegated);
            default -> {
                if (isNegated) {
                    throw expected("BETWEEN, IN, CONTAINS, STARTSWITH or ENDSWITH behind NOT");
                }
                yield null;
            }
        };
    }

    private Condition ordered(int at, Order order, Expression left) {
        advance();
        int rightAt = token.at();
        return terms.ordered(order, terms.comparable(left, at), terms.comparable(unary(), rightAt));
    }

    private Condition part(int at, Expression left, Where where, boolean isNegated) {
        advance();
        return terms.part(at, left, new Search(string(), where), isNegated);
    }

    private Condition between(int at, Expression left, boolean isNegated) {
        advance();
        int lowAt = token.at();
        Expression low = unary();
        take(Kind.AND, "AND between the two bounds");
        int highAt = token.at();
        Expression high = unary();
        Value value = terms.comparable(left, at);
        Value from = terms.comparable(low, lowAt);
        Value to = terms.comparable(high, highAt);
        if (isNegated) {
            return new Condition.Or(
                    new Condition[] {terms.ordered(Order.LESS, value, from), terms.ordered(Order.GREATER, value, to)});
        }
        terms.checkBounds(lowAt, from, to);
        return new Condition.And(new Condition[] {
            terms.ordered(Order.GREATER_OR_EQUAL, value, from), terms.ordered(Order.LESS_OR_EQUAL, value, to)
        });
    }

    private Condition in(int at, Expression left, boolean isNegated) {
        advance();
        take("(");
        List<byte[]> texts = new ArrayList<>();
        do {
            texts.add(string());
        } while (takeIf(","));
        take(")");
        Condition in = terms.in(at, left, texts);
        return isNegated ? new Condition.Not(in) : in;
    }

    private Expression unary() {
        int at = token.at();
        if (++depth > DEPTH_MAX) {
            throw new SqlSyntaxError(at, "more than " + DEPTH_MAX + " brackets, signs and NOTs within each other");
        }
        Expression result;
        if (takeIf("+")) {
            result = unary();
        } else if (takeIf("-")) {
            result = terms.negative(unary());
        } else if (takeIf(Kind.NOT)) {
            int operandAt = token.at();
            result = new Condition.Not(terms.condition(unary(), operandAt));
        } else {
            result = primary(at);
        }
        depth--;
        return result;
    }

    private Expression primary(int at) {
        SqlToken first = token;
        return switch (first.kind()) {
            case STRING -> new Value.Literal(string());
            case WHOLE_NUMBER, REAL_NUMBER -> taken(terms.number(first));
            case TRUE -> taken(Condition.Constant.TRUE);
            case FALSE -> taken(Condition.Constant.FALSE);
            case NULL -> taken(Condition.Constant.NULL);
            case NAME -> taken(terms.property(at, first.text()));
            case SYMBOL -> bracket();
            default -> throw expected("a value, a property's name or '('");
        };
    }

    private Expression bracket() {
        if (!takeIf("(")) {
            throw expected("a value, a property's name or '('");
        }
        int before = chain;
        Expression inner = or();
        chain = before;
        take(")");
        return inner;
    }

    private byte[] string() {
        SqlToken string = token;
        take(Kind.STRING, "a string in ' '");
        return terms.text(string);
    }

    private <T extends Expression> T taken(T expression) {
        terms.count(token.at(), expression);
        advance();
        return expression;
    }

    private void countChain(int at) {
        if (++chain > CHAIN_MAX) {
            throw new SqlSyntaxError(at, "more than " + CHAIN_MAX + " comparisons in a row; use brackets, AND or OR");
        }
    }

    private boolean takeIf(Kind kind) {
        boolean is = token.is(kind);
        if (is) {
            advance();
        }
        return is;
    }

    private boolean takeIf(String symbol) {
        boolean is = token.isSymbol(symbol);
        if (is) {
            advance();
        }
        return is;
    }

    private void take(Kind kind, String what) {
        if (!takeIf(kind)) {
            throw expected(what);
        }
    }

    private void take(String symbol) {
        if (!takeIf(symbol)) {
            throw expected("'" + symbol + "'");
        }
    }

    private void advance() {
        token = lexer.next();
    }

    private SqlSyntaxError expected(String what) {
        return new SqlSyntaxError(token.at(), "expected " + what + ", found " + token.shown());
    }
}

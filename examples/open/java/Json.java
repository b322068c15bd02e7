import java.util.*;

/** JSON vừa đủ dùng, vì JDK không có sẵn; phần mềm thật dùng Jackson thì bỏ tệp này. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) { this.text = text; }

    static Object read(byte[] bytes) { return new Json(new String(bytes, java.nio.charset.StandardCharsets.UTF_8)).value(); }

    private char peek() { while (Character.isWhitespace(text.charAt(at))) at++; return text.charAt(at); }

    private boolean take(char wanted) { boolean found = peek() == wanted; if (found) at++; return found; }

    private void need(char wanted) { if (!take(wanted)) throw new IllegalArgumentException("JSON: thiếu " + wanted + " ở vị trí " + at); }

    private Object value() {
        switch (peek()) {
            case '{': {
                var map = new LinkedHashMap<String, Object>();
                need('{');
                if (take('}')) return map;
                do { peek(); String name = string(); need(':'); map.put(name, value()); } while (take(','));
                need('}');
                return map;
            }
            case '[': {
                var list = new ArrayList<Object>();
                need('[');
                if (take(']')) return list;
                do list.add(value()); while (take(','));
                need(']');
                return list;
            }
            case '"': return string();
            default: {
                int from = at;
                while (at < text.length() && "+-.0123456789aeflnrstuE".indexOf(text.charAt(at)) >= 0) at++;
                String word = text.substring(from, at);
                return switch (word) { case "true" -> true; case "false" -> false; case "null" -> null; default -> new java.math.BigDecimal(word); };
            }
        }
    }

    private String string() {
        var out = new StringBuilder();
        need('"');
        while (text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c != '\\') { out.append(c); continue; }
            c = text.charAt(at++);
            int known = "bfnrt".indexOf(c);
            if (c == 'u') { out.append((char) Integer.parseInt(text.substring(at, at + 4), 16)); at += 4; }
            else out.append(known >= 0 ? "\b\f\n\r\t".charAt(known) : c);
        }
        at++;
        return out.toString();
    }

    static String write(Object value) {
        if (value instanceof Map<?, ?> map) {
            var parts = new StringJoiner(",", "{", "}");
            map.forEach((name, inner) -> parts.add(write(name) + ":" + write(inner)));
            return parts.toString();
        }
        if (value instanceof Collection<?> list) {
            var parts = new StringJoiner(",", "[", "]");
            list.forEach(inner -> parts.add(write(inner)));
            return parts.toString();
        }
        if (!(value instanceof String text)) return String.valueOf(value);
        var out = new StringBuilder("\"");
        for (char c : text.toCharArray())
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < 0x20) out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        return out.append('"').toString();
    }
}

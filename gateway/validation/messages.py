"""What is wrong with a field, in Vietnamese and English; never its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jsonschema_rs import ValidationError

_TYPES = {
    "string": ("chuỗi ký tự", "a string"),
    "integer": ("số nguyên", "an integer"),
    "number": ("số", "a number"),
    "boolean": ("true hoặc false", "true or false"),
    "object": ("đối tượng", "an object"),
    "array": ("danh sách", "a list"),
    "null": ("null", "null"),
}
_FORMATS = {
    "date": ("ngày có thật, dạng YYYY-MM-DD", "a real date, YYYY-MM-DD"),
    "date-time": (
        "thời điểm kèm múi giờ, dạng YYYY-MM-DDThh:mm:ss+07:00",
        "a moment with its time zone, YYYY-MM-DDThh:mm:ss+07:00",
    ),
    "time": ("giờ dạng hh:mm:ss kèm múi giờ", "a time hh:mm:ss with its time zone"),
    "email": ("địa chỉ thư điện tử", "an e-mail address"),
    "uri": ("đường dẫn URL đầy đủ", "a complete URL"),
    "uuid": ("mã UUID", "a UUID"),
}
#: keyword → (Vietnamese, English); ``{}`` is what the schema asks for.
_WORDS = {
    "required": ("Thiếu trường bắt buộc.", "The field is required."),
    "dependentRequired": (
        "Thiếu trường phải đi kèm trường khác.",
        "The field is required beside another one.",
    ),
    "type": ("Phải là {}.", "Must be {}."),
    "format": ("Phải là {}.", "Must be {}."),
    "pattern": ("Không đúng mẫu «{}».", "Does not match the pattern «{}»."),
    "enum": ("Phải là một trong: {}.", "Must be one of: {}."),
    "const": ("Phải đúng bằng {}.", "Must be exactly {}."),
    "minLength": ("Phải có ít nhất {} ký tự.", "Must have at least {} characters."),
    "maxLength": ("Chỉ được tối đa {} ký tự.", "Must have at most {} characters."),
    "minItems": ("Phải có ít nhất {} mục.", "Must have at least {} items."),
    "maxItems": ("Chỉ được tối đa {} mục.", "Must have at most {} items."),
    "minProperties": ("Phải có ít nhất {} trường.", "Must have at least {} fields."),
    "maxProperties": ("Chỉ được tối đa {} trường.", "Must have at most {} fields."),
    "minimum": ("Phải từ {} trở lên.", "Must be {} or more."),
    "maximum": ("Phải từ {} trở xuống.", "Must be {} or less."),
    "exclusiveMinimum": ("Phải lớn hơn {}.", "Must be more than {}."),
    "exclusiveMaximum": ("Phải nhỏ hơn {}.", "Must be less than {}."),
    "multipleOf": ("Phải là bội số của {}.", "Must be a multiple of {}."),
    "uniqueItems": ("Các mục không được trùng nhau.", "Items must differ."),
    "contains": ("Thiếu mục bắt buộc trong danh sách.", "A required item is missing."),
    "additionalProperties": (
        "Trường này không có trong lược đồ.",
        "The schema knows no such field.",
    ),
    "propertyNames": ("Tên trường không hợp lệ.", "The name of a field is wrong."),
    "one_required": (
        "Phải có một trong các trường: {}.",
        "One of these fields is required: {}.",
    ),
    "oneOf": (
        "Không khớp dạng nào được phép.",
        "Matches none of the allowed forms.",
    ),
    "not": ("Giá trị này không được phép.", "This value is not allowed."),
    "other": ("Giá trị không hợp lệ.", "The value is wrong."),
}
#: keyword → stable code; a keyword that is not here is its own code.
_CODES = {
    "dependentRequired": "required",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minProperties": "min_properties",
    "maxProperties": "max_properties",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
    "uniqueItems": "unique_items",
    "additionalProperties": "additional",
    "unevaluatedProperties": "additional",
    "propertyNames": "property_names",
    "falseSchema": "additional",
    "oneOf": "one_of",
    "anyOf": "one_of",
    "other": "wrong",
}
#: Keywords that say the same as another one.
_SAME = {
    "anyOf": "oneOf",
    "unevaluatedProperties": "additionalProperties",
    "falseSchema": "additionalProperties",
}
_SHOWN_OPTIONS = 20
Path = tuple[str | int, ...]


def field_errors(
    document: Any, found: Sequence[ValidationError]
) -> tuple[FieldError, ...]:
    """One error per wrong field and rule, in document order, each once."""
    placed = [item for error in found for item in _placed(error)]
    placed.sort(key=lambda item: _order(document, item[0]))
    return tuple(dict.fromkeys(error for _, error in placed))


def _placed(error: ValidationError) -> Iterator[tuple[Path, FieldError]]:
    here: Path = tuple(error.instance_path)
    kind: Any = error.kind
    keyword = str(kind.name)
    match keyword:
        case "required" | "dependentRequired":
            yield _error((*here, str(kind.property)), keyword)
        case "additionalProperties" | "unevaluatedProperties":
            for name in kind.unexpected:
                yield _error((*here, str(name)), keyword)
        case "anyOf" | "oneOf" if names := _missing_everywhere(kind, here):
            told = ", ".join(names)
            yield _error(here, "one_required", told=(told, told))
        case "anyOf" | "oneOf" if branch := _nearest(kind, len(here)):
            for inner in branch:
                yield from _placed(inner)
        case _:
            yield _error(here, keyword, kind)


def _missing_everywhere(kind: Any, here: Path) -> list[str]:
    """Names of fields of which one must be there, where no more is asked for."""
    if type(kind).__name__ == "OneOfMultipleValid":
        return []
    errors = [error for branch in kind.context for error in branch]
    plain = all(
        error.kind.name == "required" and tuple(error.instance_path) == here
        for error in errors
    )
    alone = all(len(branch) == 1 for branch in kind.context)
    return [str(error.kind.property) for error in errors] if plain and alone else []


def _nearest(kind: Any, depth: int) -> Sequence[ValidationError]:
    """Errors of the alternative that was meant, if one can be told from the rest.

    It is the one that failed inside the value, not at the value itself; of
    several, the one with the fewest errors.
    """
    if type(kind).__name__ == "OneOfMultipleValid":
        return ()
    inside = [
        branch
        for branch in kind.context
        if branch and not any(_at_itself(error, depth) for error in branch)
    ]
    return min(inside, key=len, default=())


def _at_itself(error: ValidationError, depth: int) -> bool:
    return error.kind.name in {"type", "const", "enum"} and (
        len(error.instance_path) <= depth
    )


def _error(
    path: Path, keyword: str, kind: Any = None, *, told: tuple[str, str] | None = None
) -> tuple[Path, FieldError]:
    known = keyword if keyword in _WORDS or keyword in _SAME else "other"
    asked = told or _asked(keyword, kind)
    vietnamese, english = _WORDS[_SAME.get(known, known)]
    return path, FieldError(
        _pointer(path),
        _CODES.get(known, known),
        vietnamese.format(asked[0]),
        english.format(asked[1]),
    )


def _asked(keyword: str, kind: Any) -> tuple[str, str]:
    """What the schema asks for, in both languages."""
    match keyword:
        case "type":
            named = [_TYPES.get(name, (name, name)) for name in _types(kind)]
            return (
                " hoặc ".join(vietnamese for vietnamese, _ in named),
                " or ".join(english for _, english in named),
            )
        case "format":
            name = str(kind.format)
            return _FORMATS.get(name, (f"dạng {name}", f"of the form {name}"))
        case "enum":
            options = [str(option) for option in kind.options[:_SHOWN_OPTIONS]]
            if len(kind.options) > _SHOWN_OPTIONS:
                options.append("…")
            told = ", ".join(options)
        case "pattern":
            told = str(kind.pattern)
        case "const":
            told = str(kind.expected_value)
        case _:
            told = str(getattr(kind, "limit", getattr(kind, "multiple_of", "")))
    return told, told


def _types(kind: Any) -> list[str]:
    return [str(name) for name in kind.types]


def _pointer(path: Path) -> str:
    """JSON pointer (RFC 6901)."""
    return "".join(
        "/" + str(step).replace("~", "~0").replace("/", "~1") for step in path
    )


def _order(document: Any, path: Path) -> tuple[int, ...]:
    """Where in the document a path stands; what is missing stands last."""
    order: list[int] = []
    value = document
    for step in path:
        if isinstance(value, dict):
            names = list(value)
            order.append(names.index(step) if step in value else len(names))
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            order.append(step)
            value = value[step]
    return tuple(order)

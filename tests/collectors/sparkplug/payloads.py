"""Sparkplug B messages by Google's protobuf: an encoder by others, from the numbers of sparkplug_b.proto."""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TYPES = {"uint64": 4, "uint32": 13, "bool": 8, "string": 9, "float": 2, "double": 1, "message": 11}
PROPERTY = {"type": (1, "uint32"), "is_null": (2, "bool"), "int_value": (3, "uint32"), "long_value": (4, "uint64")}
METRIC = {
    "name": (1, "string"),
    "alias": (2, "uint64"),
    "timestamp": (3, "uint64"),
    "datatype": (4, "uint32"),
    "is_historical": (5, "bool"),
    "is_null": (7, "bool"),
    "properties": (9, ".sp.PropertySet"),
    "int_value": (10, "uint32"),
    "long_value": (11, "uint64"),
    "float_value": (12, "float"),
    "double_value": (13, "double"),
    "boolean_value": (14, "bool"),
    "string_value": (15, "string"),
}
MESSAGES = {
    "PropertyValue": PROPERTY,
    "PropertySet": {"keys": (1, "*string"), "values": (2, "*.sp.PropertyValue")},
    "Metric": METRIC,
    "Payload": {"timestamp": (1, "uint64"), "metrics": (2, "*.sp.Metric"), "seq": (3, "uint64"), "uuid": (4, "string")},
}


def _payload_class() -> Any:  # noqa: ANN401 - a class that protobuf makes
    file = descriptor_pb2.FileDescriptorProto(name="sp.proto", package="sp", syntax="proto2")
    for name, of in MESSAGES.items():
        message = file.message_type.add(name=name)
        for key, (number, kind) in of.items():
            plain = kind.removeprefix("*")
            field = message.field.add(name=key, number=number, label=3 if kind.startswith("*") else 1)
            field.type = TYPES["message" if plain.startswith(".") else plain]
            if plain.startswith("."):
                field.type_name = plain
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("sp.Payload"))


PAYLOAD = _payload_class()


def message(*metrics: dict[str, Any], seq: int | None = None, timestamp: int = 1_772_323_200_000) -> bytes:
    """A message with these metrics; `quality` is written as the property of that name."""
    found = PAYLOAD(timestamp=timestamp)
    if seq is not None:
        found.seq = seq
    for metric in metrics:
        quality = metric.get("quality")
        added = found.metrics.add(**{key: value for key, value in metric.items() if key != "quality"})
        if quality is not None:
            added.properties.keys.append("Quality")
            added.properties.values.add(type=3, int_value=quality)
    written: bytes = found.SerializeToString()
    return written

"""Says how two descriptions of the API differ where a client of the old one could notice.

    description_changes.py OLD NEW CHANGELOG

A difference that is not additive is something that a client of OLD may send and NEW refuses, or that it reads and NEW does
not give any more; also a new member of an object that OLD says has no others. Each must stand in CHANGELOG, in backticks, as this prints it. New paths, operations, optional parameters
and members of answers are additive.
"""

import json
import sys

METHODS = ("get", "put", "post", "delete", "patch")


class Comparison:
    def __init__(self, old, new):
        self.old, self.new, self.lines, self.seen = old, new, [], set()

    def resolve(self, document, schema):
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return schema

    def types(self, document, schema):
        """The types that a value may have; `any` if it says nothing of them."""
        schema = self.resolve(document, schema)
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return set().union(*(self.types(document, part) for part in schema[keyword]))
        if "allOf" in schema:
            return set().union(*(self.types(document, part) for part in schema["allOf"]))
        kinds = schema.get("type")
        if kinds is None:
            return {"any"} if "enum" not in schema else {"string"}
        return set(kinds if isinstance(kinds, list) else [kinds])

    def members(self, document, schema):
        """The members of an object and those that are required, of all of its forms."""
        schema = self.resolve(document, schema)
        parts = [self.members(document, part) for part in schema.get("allOf", [])]
        properties = {name: one for part, _ in parts for name, one in part.items()} | schema.get("properties", {})
        required = set(schema.get("required", [])).union(*(needed for _, needed in parts))
        return properties, required

    def forms(self, document, schema):
        schema = self.resolve(document, schema)
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return [form for part in schema[keyword] for form in self.forms(document, part)]
        return [schema]

    def answers(self, old, new, where):
        """What a client reads of an answer: nothing may be missing, and nothing of another type."""
        key = (json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True))
        if key in self.seen:
            return
        self.seen.add(key)
        named = [one for one in (old, *old.get("oneOf", [])) if "$ref" in one]
        if len(named) == 1:
            where = named[0]["$ref"].split("/")[-1]
        before, now = self.types(self.old, old), self.types(self.new, new)
        if "any" not in before and not now <= before | ({"integer"} if "number" in before else set()):
            self.lines.append(f"{where}: may be {', '.join(sorted(now - before))} now")
        olds, news = self.forms(self.old, old), self.forms(self.new, new)
        old_enum = [one for form in olds for one in form.get("enum", [])]
        new_enum = [one for form in news for one in form.get("enum", [])]
        if old_enum and all("enum" in form for form in olds if "string" in self.types(self.old, form)):
            for value in new_enum:
                if value not in old_enum:
                    self.lines.append(f"{where}: may be {value} now")
        old_objects = [form for form in olds if "object" in self.types(self.old, form)]
        new_objects = [form for form in news if "object" in self.types(self.new, form)]
        if len(old_objects) == 1 and new_objects:
            properties, required = self.members(self.old, old_objects[0])
            if self.resolve(self.old, old_objects[0]).get("additionalProperties") is False:
                for name in dict.fromkeys(name for form in new_objects for name in self.members(self.new, form)[0]):
                    if name not in properties:
                        self.lines.append(f"{where}: has {name} now")
            for name, schema in properties.items():
                present = [self.members(self.new, form) for form in new_objects]
                having = [(members[name], name in needed) for members, needed in present if name in members]
                if not having:
                    if name in required:
                        self.lines.append(f"{where}: has no {name} any more")
                    continue
                if name in required and not (len(having) == len(present) and all(needed for _, needed in having)):
                    self.lines.append(f"{where}: may lack {name} now")
                self.answers(schema, having[0][0], f"{where}.{name}")
        old_items = [form["items"] for form in olds if "items" in form]
        new_items = [form["items"] for form in news if "items" in form]
        if old_items and new_items:
            self.answers(old_items[0], new_items[0], f"{where}[]")

    def requests(self, old, new, where):
        """What a client sends: all of it must still be taken."""
        before, now = self.types(self.old, old), self.types(self.new, new)
        if "any" not in now and not before - {"any"} <= now | ({"integer"} if "number" in now else set()):
            self.lines.append(f"{where}: may not be {', '.join(sorted(before - now))} any more")
        olds, news = self.forms(self.old, old), self.forms(self.new, new)
        new_enum = [one for form in news for one in form.get("enum", [])]
        for value in [one for form in olds for one in form.get("enum", [])]:
            if new_enum and value not in new_enum:
                self.lines.append(f"{where}: {value} is not taken any more")
        properties, required = self.members(self.old, old)
        now_properties, now_required = self.members(self.new, new)
        for name in now_required - required:
            self.lines.append(f"{where}: needs {name} now")
        for name, schema in properties.items():
            if name not in now_properties:
                if self.resolve(self.new, new).get("additionalProperties") is False:
                    self.lines.append(f"{where}: does not take {name} any more")
            else:
                self.requests(schema, now_properties[name], f"{where}.{name}")

    def operation(self, old, new, where):
        if old.get("operationId") != new.get("operationId"):
            self.lines.append(f"{where}: is called {new.get('operationId')} now, not {old.get('operationId')}")
        parameters = {(one["name"], one["in"]): one for one in new.get("parameters", [])}
        before = {(one["name"], one["in"]): one for one in old.get("parameters", [])}
        for key, one in before.items():
            if key not in parameters:
                self.lines.append(f"{where}: does not take the parameter {key[0]} any more")
            else:
                self.requests(one["schema"], parameters[key]["schema"], f"{where} {key[0]}")
        for key, one in parameters.items():
            if one.get("required") and not before.get(key, {}).get("required"):
                self.lines.append(f"{where}: needs the parameter {key[0]} now")
        was, now = old.get("requestBody", {}).get("content", {}), new.get("requestBody", {}).get("content", {})
        for kind, media in was.items():
            if kind not in now:
                self.lines.append(f"{where}: does not take {kind} any more")
            else:
                self.requests(media["schema"], now[kind]["schema"], f"{where} body")
        for status, answer in old["responses"].items():
            if not status.startswith("2"):
                continue
            if status not in new["responses"]:
                self.lines.append(f"{where}: does not answer {status} any more")
                continue
            given = new["responses"][status].get("content", {})
            for kind, media in answer.get("content", {}).items():
                if kind not in given:
                    self.lines.append(f"{where}: does not give {kind} any more")
                elif kind == "application/json":
                    self.answers(media["schema"], given[kind]["schema"], f"{where} {status}")

    def all(self):
        for path, operations in self.old["paths"].items():
            for method in METHODS:
                if method not in operations:
                    continue
                where = f"{method.upper()} {path}"
                now = self.new["paths"].get(path, {}).get(method)
                if now is None:
                    self.lines.append(f"{where}: is gone")
                else:
                    self.operation(operations[method], now, where)
        return self.lines


if __name__ == "__main__":
    old, new = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
    changelog = open(sys.argv[3], encoding="utf-8").read()
    lines = list(dict.fromkeys(Comparison(old, new).all()))
    missing = [line for line in lines if f"`{line}`" not in changelog]
    print(f"{len(lines)} differences that are not additive, {len(missing)} of them not in {sys.argv[3]}")
    print("\n".join(missing))
    # A description of which half is gone is noticed.
    del new["paths"]["/api/v1/supports/{id}"], new["components"]["schemas"]["SentenceText"]["properties"]["text"]
    planted = Comparison(old, new).all()
    for line in ("GET /api/v1/supports/{id}: is gone", "SentenceText: has no text any more"):
        if line not in planted:
            sys.exit(f"a planted difference is not noticed: {line}")
    sys.exit(bool(missing))

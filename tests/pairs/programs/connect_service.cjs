// A service of Protocol Buffers with a call and a stream, described without a compiler.
const { createFileRegistry, fromJson } = require("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = require("@bufbuild/protobuf/wkt");

const text = (name, number) => ({ name, number, type: "TYPE_STRING", label: "LABEL_OPTIONAL", jsonName: name });
const method = (name, serverStreaming) => ({ name, inputType: ".wood.Tree", outputType: ".wood.Tree", serverStreaming });
const file = {
  name: "wood.proto",
  package: "wood",
  syntax: "proto3",
  messageType: [{ name: "Tree", field: [text("name", 1), text("id", 2)] }],
  service: [{ name: "Wood", method: [method("Say", false), method("Count", true)] }],
};
exports.Wood = createFileRegistry(fromJson(FileDescriptorSetSchema, { file: [file] })).getService("wood.Wood");

/* Runs one signature of a SavedModel through TensorFlow's C API, as TensorFlow Serving loads it.

       run_saved_model FOLDER INPUT OUTPUT ... < texts > answers

   INPUT and OUTPUT are names of tensors, "operation:number". Standard input: the number of texts, then
   for each its length and its bytes, numbers as native int64. Standard output, for each OUTPUT: the
   TF_DataType, the rank, the sizes, then the values; a string as its length and its bytes. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

static void fail(const char* what, const char* why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void check(const TF_Status* status, const char* what) {
  if (TF_GetCode(status) != TF_OK) fail(what, TF_Message(status));
}

static int64_t read_number(void) {
  int64_t number;
  if (fread(&number, sizeof number, 1, stdin) != 1) fail("standard input", "it ends too early");
  return number;
}

static void write_bytes(const void* bytes, size_t size) {
  if (fwrite(bytes, 1, size, stdout) != size) fail("standard output", "cannot be written");
}

static void write_number(int64_t number) { write_bytes(&number, sizeof number); }

static TF_Output find(TF_Graph* graph, const char* name) {
  const char* colon = strrchr(name, ':');
  if (!colon) fail(name, "is not operation:number");
  char* operation = strndup(name, colon - name);
  TF_Output output = {TF_GraphOperationByName(graph, operation), atoi(colon + 1)};
  if (!output.oper) fail(name, "no such operation");
  free(operation);
  return output;
}

static TF_Tensor* read_texts(void) {
  int64_t count = read_number();
  TF_Tensor* texts = TF_AllocateTensor(TF_STRING, &count, 1, count * sizeof(TF_TString));
  TF_TString* strings = TF_TensorData(texts);
  for (int64_t n = 0; n < count; n++) {
    int64_t size = read_number();
    char* bytes = malloc(size + 1);
    if (fread(bytes, 1, size, stdin) != (size_t)size) fail("standard input", "a text ends too early");
    TF_StringInit(&strings[n]);
    TF_StringCopy(&strings[n], bytes, size);
    free(bytes);
  }
  return texts;
}

static void write_tensor(const TF_Tensor* tensor) {
  int64_t values = 1;
  write_number(TF_TensorType(tensor));
  write_number(TF_NumDims(tensor));
  for (int n = 0; n < TF_NumDims(tensor); n++) {
    write_number(TF_Dim(tensor, n));
    values *= TF_Dim(tensor, n);
  }
  if (TF_TensorType(tensor) != TF_STRING) {
    write_bytes(TF_TensorData(tensor), TF_TensorByteSize(tensor));
    return;
  }
  const TF_TString* strings = TF_TensorData(tensor);
  for (int64_t n = 0; n < values; n++) {
    write_number(TF_StringGetSize(&strings[n]));
    write_bytes(TF_StringGetDataPointer(&strings[n]), TF_StringGetSize(&strings[n]));
  }
}

int main(int count, char** words) {
  if (count < 4) fail(words[0], "expected FOLDER INPUT OUTPUT ...");
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  TF_SessionOptions* options = TF_NewSessionOptions();
  const char* tags[] = {"serve"};
  TF_Session* session =
      TF_LoadSessionFromSavedModel(options, NULL, words[1], tags, 1, graph, NULL, status);
  check(status, words[1]);

  int outputs = count - 3;
  TF_Output input = find(graph, words[2]);
  TF_Output* wanted = malloc(outputs * sizeof(TF_Output));
  TF_Tensor** found = calloc(outputs, sizeof(TF_Tensor*));
  for (int n = 0; n < outputs; n++) wanted[n] = find(graph, words[3 + n]);
  TF_Tensor* texts = read_texts();
  TF_SessionRun(session, NULL, &input, &texts, 1, wanted, found, outputs, NULL, 0, NULL, status);
  check(status, "the session");
  for (int n = 0; n < outputs; n++) {
    write_tensor(found[n]);
    TF_DeleteTensor(found[n]);
  }
  if (fflush(stdout)) fail("standard output", "cannot be written");

  TF_DeleteTensor(texts);
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  free(wanted);
  free(found);
  return 0;
}

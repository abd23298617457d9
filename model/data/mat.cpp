// SPDX-License-Identifier: MIT
#include <matio.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "data/readers.hpp"

namespace tendon::data {
namespace {

struct CloseFile {
  void operator()(mat_t* file) const { Mat_Close(file); }
};
struct FreeVariable {
  void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using File = std::unique_ptr<mat_t, CloseFile>;
using Variable = std::unique_ptr<matvar_t, FreeVariable>;

void say_nothing(int, char*) {}  // libmatio would print; our callers print one line of their own

std::string shape_text(const matvar_t& variable) {
  std::string text;
  for (int i = 0; i < variable.rank; ++i) {
    if (i > 0) text += 'x';
    text += std::to_string(variable.dims[i]);
  }
  return text;
}

/// A full numeric matrix, row by row. Error: missing, damaged, another type or shape.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;
};

template <typename T>
void copy(const matvar_t& variable, Matrix& matrix) {  // MAT files are column-major
  const T* data = static_cast<const T*>(variable.data);
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    for (std::size_t c = 0; c < matrix.columns; ++c) {
      matrix.values[r * matrix.columns + c] = static_cast<double>(data[c * matrix.rows + r]);
    }
  }
}

Result<Matrix> read_matrix(mat_t* file, const std::string& path, const char* name) {
  Mat_Rewind(file);
  const Variable variable(Mat_VarRead(file, name));
  if (!variable) return Error{path + ": variable " + name + " is missing or damaged"};
  if (variable->rank != 2 || variable->isComplex) {
    return Error{path + ": variable " + name + " is no real matrix (" + shape_text(*variable) +
                 ")"};
  }
  Matrix matrix{variable->dims[0], variable->dims[1], {}};
  const std::size_t count = matrix.rows * matrix.columns;
  if (!variable->data || variable->data_size < 1 ||
      variable->nbytes / static_cast<std::size_t>(variable->data_size) != count) {
    return Error{path + ": variable " + name + " is damaged: " + std::to_string(variable->nbytes) +
                 " bytes for " + shape_text(*variable) + " values"};
  }
  matrix.values.resize(count);
  switch (variable->class_type) {
    case MAT_C_DOUBLE:
      copy<double>(*variable, matrix);
      break;
    case MAT_C_SINGLE:
      copy<float>(*variable, matrix);
      break;
    case MAT_C_UINT8:
      copy<std::uint8_t>(*variable, matrix);
      break;
    case MAT_C_INT8:
      copy<std::int8_t>(*variable, matrix);
      break;
    case MAT_C_INT16:
      copy<std::int16_t>(*variable, matrix);
      break;
    case MAT_C_UINT16:
      copy<std::uint16_t>(*variable, matrix);
      break;
    case MAT_C_INT32:
      copy<std::int32_t>(*variable, matrix);
      break;
    default:
      return Error{path + ": variable " + name + " is not numeric"};
  }
  return matrix;
}

Result<std::vector<int>> read_column(mat_t* file, const std::string& path, const char* name,
                                     std::size_t rows) {
  Result<Matrix> matrix = read_matrix(file, path, name);
  if (!matrix) return matrix.error();
  if (matrix->rows != rows || matrix->columns != 1) {
    return Error{path + ": variable " + name + " is " + std::to_string(matrix->rows) + "x" +
                 std::to_string(matrix->columns) + ", " + std::to_string(rows) +
                 "x1 expected as emg has " + std::to_string(rows) + " rows"};
  }
  std::vector<int> column(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const double value = matrix->values[i];
    if (!(value >= 0 && value <= 255) || value != std::floor(value)) {
      return Error{path + ": variable " + name + ", row " + std::to_string(i + 1) + ": " +
                   std::to_string(value) + " is no whole number 0..255"};
    }
    column[i] = static_cast<int>(value);
  }
  return column;
}

/// DB1 marks rest with repetition 0; it belongs to the movement before it, else it could not be
/// split by repetition.
void give_rest_a_repetition(Recording& recording) {
  int last = 0;
  for (std::size_t t = 0; t < recording.repetition.size() && last == 0; ++t) {
    last = recording.repetition[t];
  }
  for (std::size_t t = 0; t < recording.repetition.size(); ++t) {
    if (recording.label[t] != 0 || recording.repetition[t] != 0) last = recording.repetition[t];
    recording.repetition[t] = last;
  }
}

Result<Recording> read_recording(mat_t* file, const std::string& path) {
  Result<Matrix> emg = read_matrix(file, path, "emg");
  if (!emg) return emg.error();
  if (emg->rows == 0 || emg->columns == 0 || emg->columns > 1024 || emg->rows > (1u << 28)) {
    return Error{path + ": variable emg is " + std::to_string(emg->rows) + "x" +
                 std::to_string(emg->columns) + ", samples x channels (1..1024) expected"};
  }
  Result<std::vector<int>> label = read_column(file, path, "restimulus", emg->rows);
  if (!label) return label.error();
  Result<std::vector<int>> repetition = read_column(file, path, "rerepetition", emg->rows);
  if (!repetition) return repetition.error();

  Recording recording;
  recording.name = std::filesystem::path(path).filename().string();
  recording.rate_hz = 100.0;
  recording.channels = static_cast<int>(emg->columns);
  recording.samples.resize(emg->values.size());
  for (std::size_t i = 0; i < emg->values.size(); ++i) {
    if (!std::isfinite(emg->values[i])) {
      return bad_value(path, "variable emg", i / emg->columns, i % emg->columns);
    }
    recording.samples[i] = static_cast<float>(emg->values[i]);
  }
  recording.label = std::move(*label);
  recording.repetition = std::move(*repetition);
  give_rest_a_repetition(recording);
  return recording;
}

template <typename T>
Status write_variable(mat_t* file, const char* name, matio_classes kind, matio_types type,
                      std::size_t rows, std::size_t columns, std::vector<T> values) {
  std::size_t dims[2] = {rows, columns};
  const Variable variable(Mat_VarCreate(name, kind, type, 2, dims, values.data(), 0));
  if (!variable || Mat_VarWrite(file, variable.get(), MAT_COMPRESSION_ZLIB) != 0) {
    return Error{std::string("variable ") + name + " cannot be written"};
  }
  return Unit{};
}

}  // namespace

Result<Recording> load_mat(const std::string& path) {
  Mat_LogInitFunc("tendon", say_nothing);
  const File file(Mat_Open(path.c_str(), MAT_ACC_RDONLY));
  if (!file) return Error{path + ": not a MAT file"};
  return read_recording(file.get(), path);
}

Status write_mat(const std::string& path, const Recording& recording) {
  if (const Status status = check(recording); !status) return status;
  Mat_LogInitFunc("tendon", say_nothing);
  const File file(Mat_CreateVer(path.c_str(), nullptr, MAT_FT_MAT5));
  if (!file) return Error{path + ": cannot be written"};
  const auto rows = static_cast<std::size_t>(recording.length());
  const auto columns = static_cast<std::size_t>(recording.channels);
  std::vector<double> emg(rows * columns);
  std::vector<std::uint8_t> label(rows), repetition(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      emg[c * rows + r] = static_cast<double>(recording.samples[r * columns + c]);
    }
    label[r] = static_cast<std::uint8_t>(recording.label[r]);
    repetition[r] = static_cast<std::uint8_t>(label[r] ? recording.repetition[r] : 0);
  }
  Status status = write_variable(file.get(), "emg", MAT_C_DOUBLE, MAT_T_DOUBLE, rows, columns, emg);
  if (status) {
    status = write_variable(file.get(), "restimulus", MAT_C_UINT8, MAT_T_UINT8, rows, 1, label);
  }
  if (status) {
    status =
        write_variable(file.get(), "rerepetition", MAT_C_UINT8, MAT_T_UINT8, rows, 1, repetition);
  }
  if (!status) return Error{path + ": " + status.error().message};
  return Unit{};
}

}  // namespace tendon::data

// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "../data/contains.hpp"
#include "../data/temporary.hpp"
#include "../quant/networks.hpp"
#include "onnx/onnx.hpp"
#include "quant/quant.hpp"

namespace tendon::onnx {
namespace {

using test::contains;

TEST(FloatFile, NetworkComesBackTheSame) {
  const test::TemporaryFolder folder;
  for (const auto& description : {quant::db1_cnn(25, 10, 5), quant::db1_gap(25, 10, 5)}) {
    quant::FloatNetwork network = test::random_float_network(description, 6);
    network.input_zero = 128;
    network.gain[3] = 0.3f;
    network.repetitions = {1, 3, 9};
    const std::string path = folder.file("net.onnx");
    ASSERT_TRUE(write_float(path, network));
    const auto back = read_float(path);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->gain, network.gain);
    EXPECT_EQ(back->input_zero, 128);
    EXPECT_EQ(back->repetitions, network.repetitions);
    EXPECT_EQ(back->classes, network.classes);
    EXPECT_EQ(quant::to_text(back->description), quant::to_text(network.description));
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      EXPECT_EQ(back->description.layers[i].name, network.description.layers[i].name);
      EXPECT_EQ(back->layers[i].weights, network.layers[i].weights) << i;
      EXPECT_EQ(back->layers[i].bias, network.layers[i].bias) << i;
      EXPECT_EQ(back->layers[i].batch_norm.variance, network.layers[i].batch_norm.variance) << i;
    }
  }
}

TEST(FloatFile, ContentTellsFloatFromQuantized) {
  const test::TemporaryFolder folder;
  const quant::FloatNetwork network = test::random_float_network(quant::db1_cnn(25, 10, 5), 6);
  ASSERT_TRUE(write_float(folder.file("f.onnx"), network));
  const auto integer = quant::quantize(network, test::synthetic_windows(25, 50), {});
  ASSERT_TRUE(integer);
  ASSERT_TRUE(write(folder.file("q.onnx"), *integer));
  EXPECT_EQ(*content(folder.file("f.onnx")), Content::kFloat);
  EXPECT_EQ(*content(folder.file("q.onnx")), Content::kQuantized);
  EXPECT_FALSE(content(folder.write("x.onnx", "text")));
  const auto wrong = read(folder.file("f.onnx"));
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(contains(wrong.error().message, "f.onnx: no quantized network"));
}

TEST(FloatFile, EveryTruncationIsRefused) {
  const test::TemporaryFolder folder;
  const quant::FloatNetwork network = test::random_float_network(quant::db1_cnn(25, 10, 5), 6);
  ASSERT_TRUE(write_float(folder.file("f.onnx"), network));
  const std::string bytes = test::slurp(folder.file("f.onnx"));
  for (std::size_t size = 0; size < bytes.size(); size += 4099) {
    ASSERT_FALSE(read_float(folder.write("cut.onnx", bytes.substr(0, size)))) << size;
  }
}

}  // namespace
}  // namespace tendon::onnx

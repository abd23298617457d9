// SPDX-License-Identifier: MIT
#include "net/network.hpp"

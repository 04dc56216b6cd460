#pragma once
// Statistics as JSON. Numbers of an answer have a fixed width, so the size of a body follows from the question alone. Pure, any thread.
#include <string>

#include "gateway/http/problem.hpp"
#include "gateway/statistics/service.hpp"

namespace gatehouse::gateway {

std::string to_json(const StatisticsAnswer& answer);
std::string to_json(const StatisticsForecast& forecast);
// The public codebook, from the policy and the list of open quarters.
std::string codebook_json(const statistics::Policy& policy, const std::vector<std::pair<std::string, statistics::Period>>& open);
// RFC 9457: what, where, and for a budget what would fit and what is held.
Problem problem_of(const StatisticsRefusal& refusal);

// How exact the ranges are, for answers and files: the probability that the range of one figure holds the truth, at least.
double level_of(const statistics::Figure& figure);

}  // namespace gatehouse::gateway

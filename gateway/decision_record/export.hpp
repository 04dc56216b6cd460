#pragma once
// Three ways out of a record: JSON, CSV, and a document that gatehouse-convert makes a PDF of. Pure, any thread.
#include <string>
#include <vector>

#include "gateway/decision_record/decision_record.hpp"
#include "gateway/documents/model.hpp"

namespace gatehouse::gateway {

// One object; of several a list. Keys as in RecordLine::key; schema `gatehouse-decision-record/1`.
std::string to_json(const DecisionRecord& record);
std::string to_json(const std::vector<DecisionRecord>& records);
// RFC 4180 with CRLF: a head of keys, then one line for each record; of a repeat, one line for each sharing. A cell that a spreadsheet would run as a formula
// (it begins with = + - @, in wide letters too, or with a tab or a carriage return; spaces before it do not help) gets an apostrophe before it.
std::string to_csv(const std::vector<DecisionRecord>& records);
// Headings, fields with where they come from, table, checks and clauses in words, each record on a page of its own. Control characters become spaces.
documents::Read to_document(const std::vector<DecisionRecord>& records);

}  // namespace gatehouse::gateway

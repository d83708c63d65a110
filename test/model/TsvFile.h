// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads a table of checks/model/data a second time, without the generator, so
// that a test can compare what was compiled in with what the file says.

#ifndef THREAD_STOP_TEST_MODEL_TSVFILE_H
#define THREAD_STOP_TEST_MODEL_TSVFILE_H

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

/// Cells by column name.
using TsvRow = std::map<std::string, std::string>;

inline std::vector<std::string> splitCells(const std::string &Line) {
  std::vector<std::string> Cells;
  std::istringstream In(Line + "\t");
  for (std::string Cell; std::getline(In, Cell, '\t');)
    Cells.push_back(Cell);
  return Cells;
}

/// All rows of \p Table ("locks"). Empty if the file cannot be read. The data
/// folder is found beside this file; THREAD_STOP_MODEL_DATA overrides that.
inline std::vector<TsvRow> readTsv(const std::string &Table) {
#ifdef THREAD_STOP_MODEL_DATA
  std::string Folder = THREAD_STOP_MODEL_DATA;
#else
  std::string Folder = __FILE__;
  Folder.erase(Folder.rfind('/') + 1);
  Folder += "../../checks/model/data";
#endif
  std::ifstream In(Folder + "/" + Table + ".tsv");
  std::string Line;
  std::getline(In, Line);
  const std::vector<std::string> Header = splitCells(Line);
  std::vector<TsvRow> Rows;
  while (std::getline(In, Line)) {
    std::vector<std::string> Cells = splitCells(Line);
    TsvRow Row;
    for (size_t I = 0; I < Header.size() && I < Cells.size(); ++I)
      Row[Header[I]] = Cells[I];
    Rows.push_back(Row);
  }
  return Rows;
}

#endif // THREAD_STOP_TEST_MODEL_TSVFILE_H
